"""Commands for those who run Greenroom or build it."""
