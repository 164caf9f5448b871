{{ current_rows('published_figures') }}
