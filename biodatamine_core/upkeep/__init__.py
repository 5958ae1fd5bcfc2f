"""What keeps a storage sound: moved whole, looked through for damage, and freed of what nothing refers to."""

from biodatamine_core.upkeep.check import SPARED_S, Damage, State, check, remove
from biodatamine_core.upkeep.copy import Copied, copy

__all__ = ["SPARED_S", "Copied", "Damage", "State", "check", "copy", "remove"]
