"""Datasets: labelled poses in folders, with their pictures and their history."""
