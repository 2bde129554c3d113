"""How much memory a run will take, and how to make it fit: smaller tiles, half precision, disk."""
