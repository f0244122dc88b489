"""When Dagster runs an operator by itself or again, and how old its data may become."""

from datetime import timedelta

import dagster as dg

from millrace.manifest import AgeFreshness, Automation, CronAutomation, DeadlineFreshness, Freshness, Retry

_JITTER = {"full": dg.Jitter.FULL, "plus-minus": dg.Jitter.PLUS_MINUS}
_AUTOMATION = {"eager": dg.AutomationCondition.eager, "on-missing": dg.AutomationCondition.on_missing}


def build_retry_policy(retry: Retry | None) -> dg.RetryPolicy | None:
    if retry is None:
        return None
    backoff = retry.backoff and dg.Backoff[retry.backoff.upper()]
    return dg.RetryPolicy(retry.max_retries, retry.delay_seconds, backoff, retry.jitter and _JITTER[retry.jitter])


def build_automation(automation: Automation | None) -> dg.AutomationCondition | None:
    match automation:
        case None:
            return None
        case CronAutomation(cron, time_zone):
            return dg.AutomationCondition.on_cron(cron, time_zone)
        case name:
            return _AUTOMATION[name]()


def build_freshness(freshness: Freshness | None) -> dg.FreshnessPolicy | None:
    match freshness:
        case None:
            return None
        case AgeFreshness(fail_minutes, warn_minutes):
            warn = timedelta(minutes=warn_minutes) if warn_minutes else None
            return dg.FreshnessPolicy.time_window(fail_window=timedelta(minutes=fail_minutes), warn_window=warn)
        case DeadlineFreshness(cron, within_minutes, time_zone):
            return dg.FreshnessPolicy.cron(cron, timedelta(minutes=within_minutes), time_zone)
