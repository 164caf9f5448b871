"""What people read of a release: the packs for meetings and the leaders' page."""
