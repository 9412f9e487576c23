"""style2color paints anime and manga line art in the colours of a reference picture."""

__version__ = "0.1.0"
