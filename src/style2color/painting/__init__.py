"""From what was read to a page: the graphs are asked, regions vote, votes are balanced and refined,
and the page is put together."""
