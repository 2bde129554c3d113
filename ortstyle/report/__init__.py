"""What a person looks at: display, plots, comparison pages, the result itself."""
