"""Krita plugin: Tools > Scripts > Paint line art like a picture…"""

from .plugin import register

register()
