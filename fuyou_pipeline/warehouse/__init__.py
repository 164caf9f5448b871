"""The one writer of the warehouse: the lock, dbt in this process, and the record of the build in progress."""
