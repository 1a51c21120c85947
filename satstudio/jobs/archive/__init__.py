"""Archives: many scenes restored by several processes, or by a cluster."""
