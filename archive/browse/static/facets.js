DATASETTE_ALLOW_FACET = true; // in a file of its own: our policy lets no inline script run
