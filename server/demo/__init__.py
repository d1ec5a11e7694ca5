"""The demo shop and its stand-in third parties: shop window and test bench in one."""
