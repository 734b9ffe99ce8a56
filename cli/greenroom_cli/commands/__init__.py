"""The commands, one file each. They load nothing that takes long: `greenroom_cli.wiring` does, when it is needed."""
