"""A state machine that runs one file of `statemachine/`; each task has the name of its state."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from greenroom_cdk.functions import Function, FunctionFactory

# Step Functions lists every log group that it delivers to in one resource policy of the account, which holds 5,120
# characters; for names with this prefix it does not:
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
LOG_GROUP_PREFIX = "/aws/vendedlogs/states/"


class StateMachine(sfn.StateMachine):
    """It may invoke its tasks, write its log and its traces, and nothing else.

    `substitutions`: the values of the placeholders that are no task. `log_name` is the end of its log group's name.
    Without a `name`, CloudFormation finds one.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        comment: str,
        definition: str,
        tasks: Mapping[str, Function],
        functions: FunctionFactory,
        log_name: str,
        name: str | None = None,
        substitutions: Mapping[str, str] | None = None,
    ) -> None:
        arns = {state: task.function_arn for state, task in tasks.items()}
        role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=list(arns.values())))
        super().__init__(
            scope,
            construct_id,
            comment=comment,
            definition_body=sfn.DefinitionBody.from_string(definition),
            definition_substitutions={**arns, **(substitutions or {})},
            logs=sfn.LogOptions(
                destination=functions.log_group(scope, "StateMachineLogs", name=LOG_GROUP_PREFIX + log_name),
                # Requests name people and places; the history has the data for those who may read it.
                include_execution_data=False,
                level=sfn.LogLevel.ALL,
            ),
            role=role,
            state_machine_name=name,
            tracing_enabled=True,
        )
