"""The example `slack_notifier` as it goes into the emulator: `python -m tests.e2e.slack_notifier_app`."""

from __future__ import annotations

from aws_cdk import App

from examples.slack_notifier.app import SlackNotifier
from greenroom_cdk import Settings
from local.app import adapt, allow_by_name, code_for, synthesizer


def main() -> None:
    app = App()
    settings = Settings.from_context(app.node)
    stack = SlackNotifier(app, "SlackNotifier", settings=settings, code=code_for(settings), synthesizer=synthesizer())
    adapt(stack, stack.greenroom)
    allow_by_name(stack.webhook_url, [stack.notifier])
    app.synth()


if __name__ == "__main__":
    main()
