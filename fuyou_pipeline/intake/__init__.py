"""From a received file to immutable Parquet: recognise, read, normalise, land; or refuse with a reason."""
