"""Tests of the crawl: pure parts, its proxy, and whole crawls of websites on this machine."""
