"""The audit log for programs outside: lines of JSON, to standard output, a file or a receiver of syslog."""
