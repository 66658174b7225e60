"""Lance tables in the bucket, written by many processes at once and read at exact versions."""

from atlas_common.tables.conditions import equal, one_of, quoted
from atlas_common.tables.database import Tables
from atlas_common.tables.rows import Neighbour, Order, Rows
from atlas_common.tables.table import Table
from atlas_common.tables.upkeep import Upkeep

__all__ = ["Neighbour", "Order", "Rows", "Table", "Tables", "Upkeep", "equal", "one_of", "quoted"]
