"""The leaders' page: one static file per release, and its copy on a file share."""

from fuyou_pipeline.briefing.page.share import share_page
from fuyou_pipeline.briefing.page.write import PAGE, write_page

__all__ = ["PAGE", "share_page", "write_page"]
