"""Datasets: labelled poses in folders, with their images and their history."""
