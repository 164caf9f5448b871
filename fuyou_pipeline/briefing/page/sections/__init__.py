"""The chapters of the page, one file each, in the order a leader reads them."""
