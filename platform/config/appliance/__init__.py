"""The appliance: one machine, one command, every process of Gatehouse kept alive."""
