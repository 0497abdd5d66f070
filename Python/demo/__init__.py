"""Martlet's demo: from training data to a served, monitored model, through MLflow's own client."""
