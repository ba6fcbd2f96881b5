"""The job that shows alerts that did not reach a channel as failed runs."""

JOB = "failed_alert_deliveries"
"""Its failed runs are told of nowhere else: an alert about an alert that cannot be sent would not end."""
