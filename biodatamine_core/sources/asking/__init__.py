"""What the sources of services share: how their addresses are read, how they are asked, which keys they are shown."""
