"""Alarms for what needs a person: something was not announced, not delivered, not released, or not done in time.

What must run and does not is silent: for that, no data is an alarm (`silence.py`).

Each names its page: what users see, why it happens, what to run, when it is over.
"""

from __future__ import annotations

import re
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct, IConstruct

from greenroom.delivery.attempts import LONGEST_PAUSE_SECONDS
from greenroom.domain.metrics import LATE_RELEASE, RELEASE_AGE, RELEASE_FAILED, SECRET_UNUSABLE
from greenroom_cdk.api.rest_api import Api
from greenroom_cdk.delivery.channels import Channels
from greenroom_cdk.delivery.delivery import Delivery
from greenroom_cdk.delivery.event_requests import EventRequests
from greenroom_cdk.flow.batches import Batches
from greenroom_cdk.flow.learning import Learning
from greenroom_cdk.flow.reconciliation import Reconciliation
from greenroom_cdk.flow.workflow import Workflow
from greenroom_cdk.functions import Function, functions_of
from greenroom_cdk.settings import Settings
from greenroom_cdk.watching.own_metrics import FIVE_MINUTES, OwnMetrics
from greenroom_cdk.watching.silence import broken, not_kept, polls, runs, throttles, undelivered

_PAGES = "docs/operations"
# A URL lives two minutes unless the request says otherwise.
_LATE = Duration.minutes(1)
_LONGEST_QUEUE = Duration.minutes(15)
# Callers repeat a call that met a 5xx, with the same key. Up to so many in five minutes are a start or a throttle that
# passed; more are a fault that stays.
_PASSING_API_ERRORS = 4
# Requests fail by the faults of those who ask, too: a wrong id fails as surely as a broken service. Where more than
# half of an hour's requests get no stream, and not only one or two, look at the service and its settings.
_FAILED_SHARE, _FAILED_AT_LEAST = 0.5, 3
# Periods of five minutes. What runs every five minutes, or polls all the time, has missed more than one run by then,
# and what is throttled for so long is not the beginning of a burst.
_LASTING = 3
# The functions between a request and its targets; what has no room for one of them waits, or calls again.
_ON_THE_WAY = (
    "AcceptEvent",
    "AcceptRequest",
    "Announce",
    "Api",
    "CreateStream",
    "Deliver",
    "GetStream",
    "PrepareSession",
    "RecordFailure",
)


class Monitoring(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        key: kms.IKey,
        channels: Channels,
        workflow: Workflow,
        delivery: Delivery,
        reconciliation: Reconciliation,
        event_requests: EventRequests,
        api: Api,
        batches: Batches,
        learning: Learning,
    ) -> None:
        super().__init__(scope, construct_id)
        self.alarms: list[cloudwatch.Alarm] = []
        self._own = OwnMetrics(settings)
        self.topic = self._alarms_topic(key)
        if settings.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
        self._watch_queues(channels, event_requests)
        self._watch_functions(delivery, reconciliation, event_requests)
        self._watch_batches(batches)
        self._watch_learning(learning)
        self._watch_the_flow(workflow)
        self._watch_the_api(api)
        self._watch_for_silence(scope, reconciliation.sweep, batches.sweep_batches)
        self._watch_for_loss(scope)
        for provider in settings.provider_names:
            self._watch_outcomes(provider)

    def _alarms_topic(self, key: kms.IKey) -> sns.Topic:
        topic = sns.Topic(self, "Alarms", display_name="Greenroom alarms", enforce_ssl=True, master_key=key)
        # A topic with a policy of its own has lost SNS's default one, which would have let alarms in.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        return topic

    def _watch_queues(self, channels: Channels, event_requests: EventRequests) -> None:
        self._alarm(
            "DeadLetters",
            channels.dead_letter_queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES),
            "Deliveries were given up. Read their reasons in the dead-letter queue, remove the cause, redrive them.",
        )
        self._alarm(
            "RejectedRequests",
            channels.rejected_requests_queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES),
            "Requests by event or StartExecution were refused, or an event was not handled in time. Each letter "
            "says why: tell the sender, or remove the cause and send the request again.",
        )
        # An hour is the longest pause that a receiver may ask for, and the longest life of a URL. SQS leaves out what
        # was received more than three times, so this is not one receiver that always fails (that ends in DeadLetters):
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
        self._alarm(
            "AgeOfOldestDelivery",
            channels.delivery_queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES),
            "Deliveries that were hardly tried have waited for more than an hour. Look at Deliver's errors and "
            "throttles, and at deliveryConcurrency.",
            threshold=LONGEST_PAUSE_SECONDS,
        )
        # Twenty thousand events that come at once have all been started, or tried at least, in five minutes.
        self._alarm(
            "AgeOfOldestEvent",
            event_requests.queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES),
            "Requests by event have waited for a quarter of an hour and were hardly tried. Look at AcceptEvent's "
            "throttles, and whether its mapping of the queue is enabled.",
            threshold=_LONGEST_QUEUE.to_seconds(),
        )

    def _watch_functions(
        self, delivery: Delivery, reconciliation: Reconciliation, event_requests: EventRequests
    ) -> None:
        announce, release = delivery.announce, reconciliation.release_session
        self._alarm_of_age(announce, "Outcomes wait to be announced")
        self._alarm_of_age(release, "Sessions that nobody uses wait to be released")
        self._alarm_of_errors(announce, "Outcomes were not queued for delivery; they are tried again for an hour")
        self._alarm_of_errors(release, "Sessions may run on that Greenroom started and nobody uses")
        self._alarm_of_errors(reconciliation.sweep, "Overdue requests are not ended, lost outcomes not announced")
        self._alarm_of_errors(reconciliation.reconcile, "Requests whose execution broke off still count as pending")
        self._alarm_of_errors(
            event_requests.accept_event, "Requests by event are not started; they are tried again, for four days"
        )
        self._alarm(
            RELEASE_FAILED.name,
            self._own.of(RELEASE_FAILED, "Sum"),
            "The service refused to release what Greenroom started. Find the session in ReleaseSession's log and "
            "stop it by hand: it costs money until then.",
        )
        self._alarm(
            RELEASE_AGE.name,
            self._own.of(RELEASE_AGE, "Maximum"),
            "What Greenroom started for a request that has ended still runs. Read the log of ReleaseSession, and see "
            "whether the service answers.",
            threshold=LATE_RELEASE.total_seconds(),
        )

        self._alarm(
            SECRET_UNUSABLE.name,
            self._own.of(SECRET_UNUSABLE, "Sum"),
            "A secret that signs is missing, empty, or none to sign with. Nothing is sent, and no link works, that it "
            "would sign. The log of Deliver, Announce, Api or WebhookKeys names it: put a good value there.",
        )

    def _watch_batches(self, batches: Batches) -> None:
        self._alarm_of_errors(batches.reconcile_batch, "Batches whose execution broke off are not closed")
        self._alarm_of_errors(batches.sweep_batches, "Batches that nothing is at work on are not closed")
        self._alarm(
            "BatchExecutionsFailed",
            broken(batches.state_machine),
            "Executions of batches broke off. Read their histories; ReconcileBatch closes their batches.",
        )

    def _watch_learning(self, learning: Learning) -> None:
        self._alarm_of_errors(learning.learn, "New requests are planned by what was learned before")
        self._alarm_of_age(learning.learn, "What was seen of pools waits to be learned from")

    def _watch_the_flow(self, workflow: Workflow) -> None:
        self._alarm(
            "ExecutionsTimedOut",
            workflow.state_machine.metric_timed_out(period=FIVE_MINUTES),
            "An execution ran into the machine's own timeout, which its deadline should have prevented. Read its "
            "history; its request ends as timed_out by itself.",
        )

    def _watch_the_api(self, api: Api) -> None:
        self._alarm(
            "ApiErrors",
            api.rest_api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            "Callers of the API get 5xx. Read the log of Api, and look at its throttles.",
            threshold=_PASSING_API_ERRORS,
        )

    def _watch_for_silence(self, scope: IConstruct, *sweeps: Function) -> None:
        for sweep in sweeps:
            name = sweep.node.id
            self._alarm(
                f"{name}Silent",
                runs(sweep),
                f"{name} does not run, so what is left to it is not done. Look at its rule, and at its throttles.",
                at_least=1,
            )
        self._alarm(
            "MappingSilent",
            polls(scope),
            "Nothing is read for a function that follows a queue or a table. See which event source mapping rests.",
            at_least=1,
        )

    def _watch_for_loss(self, scope: IConstruct) -> None:
        self._alarm(
            "RulesFailed",
            undelivered(scope),
            "Events of rules do not come to their functions. Look at the functions' permissions, and at the queue's.",
        )
        self._alarm(
            "EventsLost",
            not_kept(scope),
            "Events that a function could not handle were not kept either. Look at the queue of rejected requests.",
        )
        on_the_way = [function for function in functions_of(scope) if function.node.id in _ON_THE_WAY]
        self._alarm(
            "Throttles",
            throttles(on_the_way),
            "Lambda has had no room for functions for a quarter of an hour. Ask for more concurrency.",
            periods=_LASTING,
        )

    def _watch_outcomes(self, provider: str) -> None:
        self._alarm(
            f"FailedOutcomes{provider.capitalize()}",
            self._own.share_without_a_stream(provider, at_least=_FAILED_AT_LEAST),
            f"Most requests for streams of {provider} get none. Read the errors of the outcomes, and look at the "
            "service and its settings.",
            threshold=_FAILED_SHARE,
            page="failed-outcomes",
        )

    def _alarm_of_errors(self, function: Function, meaning: str) -> None:
        name = function.node.id
        self._alarm(f"{name}Errors", function.metric_errors(period=FIVE_MINUTES), f"{meaning}. Read the log of {name}.")

    def _alarm_of_age(self, function: Function, meaning: str) -> None:
        """Alarm on how long a change had waited when a function that follows the records read it."""
        name = function.node.id
        age = function.metric("IteratorAge", period=FIVE_MINUTES, statistic="Maximum")
        description = f"{meaning}. Look at {name}'s errors, throttles and concurrency."
        self._alarm(f"{name}IteratorAge", age, description, threshold=_LATE.to_milliseconds())

    def _alarm(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        description: str,
        *,
        threshold: float = 0,
        at_least: float | None = None,
        periods: int = 1,
        page: str | None = None,
    ) -> None:
        """Raise an alarm above a threshold or, for what must always have a value, below `at_least` or without one."""
        page = page or re.sub(r"(?<=[a-z])(?=[A-Z])", "-", construct_id).lower()
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_description=f"{description} See {_PAGES}/{page}.md.",
            evaluation_periods=periods if at_least is None else _LASTING,
            metric=metric,
            **(_above(threshold) if at_least is None else _missing(at_least)),
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        self.alarms.append(alarm)


def _above(threshold: float) -> dict[str, Any]:
    """Alarm above a threshold. If nothing happens there is no value, and all is well."""
    return {
        "comparison_operator": cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        "threshold": threshold,
        "treat_missing_data": cloudwatch.TreatMissingData.NOT_BREACHING,
    }


def _missing(least: float) -> dict[str, Any]:
    """Alarm below a minimum. If nothing happens there is no value, which is what is wrong."""
    return {
        "comparison_operator": cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        "threshold": least,
        "treat_missing_data": cloudwatch.TreatMissingData.BREACHING,
    }
