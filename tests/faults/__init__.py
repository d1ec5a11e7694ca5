"""What happens to decisions when processes, disks, clocks and people do their worst (`make faults`)."""
