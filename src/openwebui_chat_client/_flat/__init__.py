"""The flat names of the original client: aliases of namespace methods, and thin adapters of shape; a room per area."""

from .._dual import M
from .asking import AskingNames


class FlatNames(AskingNames[M]):
    """Every flat name, for scripts written for the original."""
