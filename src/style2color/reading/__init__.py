"""What is known before any colour is chosen: the ink, regions and parts of a sketch, and what a
reference shows where. Nothing here asks the painter: `style2color.painting` does."""
