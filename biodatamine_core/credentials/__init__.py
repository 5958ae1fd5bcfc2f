"""What a person may show to a host, and to that host only: headers, a name with a password, or a token."""

from biodatamine_core.credentials.kept import KeptSignIns, of_user
from biodatamine_core.credentials.sign_in import NONE, Credentials, Kind, Place, SignIn, place_of
from biodatamine_core.credentials.toml_file import read_file

__all__ = ["NONE", "Credentials", "KeptSignIns", "Kind", "Place", "SignIn", "of_user", "place_of", "read_file"]
