"""The one place where every column and every table of the warehouse is described.

``fields/*.yaml`` hold the columns, one entry per name wherever it occurs; ``tables/*.yaml`` hold the
tables that dbt builds or reads. dbt's property files, database comments, the dictionary of a release
and the Chinese views are all made from here.
"""

from fuyou_pipeline.dictionary.model import Dictionary, FieldEntry, TableEntry, load_dictionary

__all__ = ["Dictionary", "FieldEntry", "TableEntry", "load_dictionary"]
