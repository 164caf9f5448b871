"""From a received file to immutable Parquet in the lake: recognise, read, normalise, land; or refuse with a reason."""
