# SPDX-License-Identifier: Apache-2.0
"""Deployments of a container of one's own that runs vLLM."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from azure_sandbox import scoring
from azure_sandbox.arm.wire import Answer, Exchange
from azure_sandbox.namespaces import key_vault
from azure_sandbox.namespaces.machine_learning.vllm import read_vllm
from tests.sandbox.machine_learning.conftest import GROUP, Azure, messages

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
REVISION = "0e9e39f249a16976918f6564b8830bc894c89659"
ARGUMENTS = f"--served-model-name llama --revision {REVISION} --max-model-len 8192 --dtype bfloat16"
A100 = "Standard_NC24ads_A100_v4"
PUBLIC = "docker.io/example/vllm:v0.11.0"
PRIVATE = "containerregistry.azurecr.io/vllm:1"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-chat"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/containerregistry"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/storageaccount"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/chat"
PRINCIPAL = "00000000-0000-4000-8000-0000000000e1"
ROLES = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
}


@dataclass
class Chat:
    """A workspace with the endpoint `chat`, whose identity was given by hand."""

    azure: Azure

    def environment(self, image: str = PUBLIC, *, scoring_path: str = "/") -> str:
        """Make an environment, and return the id of its version."""
        health = {"port": 8000, "path": "/health"}
        routes = {"livenessRoute": health, "scoringRoute": {"port": 8000, "path": scoring_path}}
        body = {"properties": {"image": image, "inferenceConfig": routes}}
        made = self.azure.done("PUT", f"{self.azure.workspace}/environments/vllm/versions/1", body)
        return str(made["id"])

    def secret(self, value: str = "hf_token", **attributes: object) -> dict[str, str]:
        """Make the secret `hub`, and return its addresses."""
        body = {"properties": {"value": value, "attributes": attributes}}
        made = self.azure.send("PUT", f"{VAULT}/secrets/hub", body, "2024-11-01")
        addresses: dict[str, str] = made.body["properties"]
        return addresses

    def grant(self, role: str, scope: str) -> None:
        """Assign a role to the endpoint's identity, and let it propagate."""
        definition = f"/providers/Microsoft.Authorization/roleDefinitions/{ROLES[role]}"
        body = {"properties": {"principalId": PRINCIPAL, "roleDefinitionId": definition}}
        body["properties"]["principalType"] = "ServicePrincipal"
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        answer = self.azure.send("PUT", path, body, "2022-04-01")
        assert answer.status == 201, answer
        self.azure.wait(120)

    def deploy(self, environment: str, *, args: str = ARGUMENTS, **given: Any) -> Answer:
        """Send the PUT of the deployment `blue`; variables are added to MODEL_NAME and VLLM_ARGS.

        A variable of None is left out.
        """
        variables = {"MODEL_NAME": LLAMA, "VLLM_ARGS": args, **given.pop("variables", {})}
        properties = {
            "model": None,
            "instanceType": A100,
            "environmentId": environment,
            "environmentVariables": {k: v for k, v in variables.items() if v is not None},
            **given,
        }
        return self.azure.put_deployment("blue", **properties)

    def failure(self, answer: Answer) -> tuple[str, str]:
        """Code and message of the operation that a PUT began."""
        assert answer.status == 201, answer
        error = self.azure.operation_error(answer)
        return error["code"], error["message"]

    def log(self) -> str:
        """The log of the container."""
        path = f"{self.azure.deployment_path('blue')}/getLogs"
        return str(self.azure.send("POST", path, {}).body["content"])

    def call(self, path: str, body: object = None, method: str = "POST") -> Answer:
        """Call the endpoint."""
        headers = {
            "authorization": f"Bearer {self.azure.key()}",
            "azureml-model-deployment": "blue",
        }
        content = b"" if body is None else json.dumps(body).encode()
        exchange = Exchange(method, f"/inference/eastus/chat/{path}", {}, headers, content)
        return scoring.answer(self.azure.sandbox, exchange)


@pytest.fixture
def chat(azure: Azure) -> Chat:
    """The endpoint, with the roles that every deployment needs; its key vault obeys roles."""
    azure.sandbox.namespaces["microsoft.keyvault"] = key_vault.NAMESPACE  # type: ignore[index]
    azure.save(VAULT, "Microsoft.KeyVault/vaults", {"enableRbacAuthorization": True})
    ids = {"principalId": PRINCIPAL, "clientId": str(uuid.uuid4())}
    azure.save(IDENTITY, "Microsoft.ManagedIdentity/userAssignedIdentities", ids)
    body = {
        "location": "eastus",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        "properties": {"authMode": "Key"},
    }
    azure.done("PUT", azure.endpoint_path(), body)
    made = Chat(azure)
    made.grant("Storage Blob Data Reader", STORAGE)
    return made


def served(chat: Chat, **given: Any) -> Chat:
    """Deploy Llama from a public image with a token in plain text."""
    environment = chat.environment(scoring_path=given.pop("scoring_path", "/"))
    chat.azure.accept(chat.deploy(environment, variables={"HF_TOKEN": "hf_x"}, **given))
    assert chat.azure.state(chat.azure.deployment_path("blue")) == "Succeeded", chat.log()
    return chat


# --- what it answers --------------------------------------------------------------------------


def test_it_answers_chats_under_its_served_name(chat: Chat) -> None:
    """The API of OpenAI, with the name given to vLLM."""
    served(chat)

    answer = chat.call("v1/chat/completions", {"model": "llama", "messages": [{"role": "user"}]})

    assert answer.status == 200
    assert answer.body["model"] == "llama"
    text = answer.body["choices"][0]["message"]["content"]
    assert text == "I am llama, served by blue."
    assert answer.headers["azureml-model-deployment"] == "blue"


def test_without_a_served_name_it_is_called_like_the_repository(chat: Chat) -> None:
    """VLLM's default; a request without a model gets it too."""
    served(chat, args="")

    named = chat.call("v1/models", method="GET").body["data"][0]["id"]
    answer = chat.call("v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}]})

    assert named == LLAMA
    assert answer.body["model"] == LLAMA


def test_it_streams(chat: Chat) -> None:
    """Server-sent events, as from the catalogue's models."""
    served(chat)

    answer = chat.call(
        "v1/chat/completions", {"model": "llama", "messages": [{"role": "user"}], "stream": True}
    )

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.body.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "v1/chat/completions", {"model": "gpt-4", "messages": [{"role": "user"}]}, 404,
         {"error": {"message": "The model `gpt-4` does not exist.", "type": "NotFoundError",
                    "param": "model", "code": 404}}),
        ("POST", "score", {"input_data": {"input_string": ["Hi"]}}, 404, {"detail": "Not Found"}),
        ("GET", "v1/chat/completions", None, 405, {"detail": "Method Not Allowed"}),
    ],
)  # fmt: skip
def test_what_it_refuses_reaches_the_caller_as_424(  # noqa: PLR0913, PLR0917
    chat: Chat, method: str, path: str, body: object, status: int, said: object
) -> None:
    """Azure answers 424 for the container, and names its status in a header."""
    served(chat)

    answer = chat.call(path, body, method)

    assert (424, said) == (answer.status, answer.body)
    assert answer.headers["ms-azureml-model-error-statuscode"] == str(status)


@pytest.mark.parametrize("body", [{"messages": []}, {}, []])
def test_requests_that_are_no_chats(chat: Chat, body: object) -> None:
    """VLLM's own refusal, 400."""
    served(chat)

    answer = chat.call("v1/chat/completions", body)

    assert answer.status == 424
    assert answer.body["error"]["type"] == "BadRequestError"


def test_its_health_can_be_asked(chat: Chat) -> None:
    """The route of the probes is reached like any other."""
    assert served(chat).call("health", method="GET").status == 200


@pytest.mark.parametrize(
    ("scoring_path", "statuses"),
    [("/", [200, 200]), ("/v1", [200, 404]), ("/v1/chat/completions", [200, 404])],
)
def test_the_scoring_route_decides_what_is_reached(
    chat: Chat, scoring_path: str, statuses: list[int]
) -> None:
    """What does not lie at the scoring route or below it gets no further than the endpoint."""
    served(chat, scoring_path=scoring_path)
    question = {"model": "llama", "messages": [{"role": "user"}]}

    answers = [chat.call("v1/chat/completions", question), chat.call("health", method="GET")]

    assert statuses == [answer.status for answer in answers]


def test_the_endpoints_address_is_that_of_the_deployment_created_last(chat: Chat) -> None:
    """Its scoring route; one without a route answers at /score. A change keeps the address."""
    azure, shown = chat.azure, []

    def note() -> None:
        azure.wait()
        uri = str(azure.get(azure.endpoint_path())["properties"]["scoringUri"])
        shown.append(uri.partition("/chat/")[2])

    note()
    served(chat, scoring_path="/v1/chat/completions")
    note()
    chat.grant("AcrPull", REGISTRY)
    azure.accept(azure.put_deployment("green"))
    note()
    chat.deploy(f"{azure.workspace}/environments/vllm/versions/1", variables={"HF_TOKEN": "hf_y"})
    note()

    assert shown == ["score", "v1/chat/completions", "score", "score"]


# --- images ------------------------------------------------------------------------------------


def test_an_image_in_an_azure_registry_needs_a_role(chat: Chat) -> None:
    """AcrPull on the image's registry, which counts once it has propagated."""
    environment = chat.environment(PRIVATE)
    variables = {"HF_TOKEN": "hf_x"}

    code, message = chat.failure(chat.deploy(environment, variables=variables))
    chat.azure.done("DELETE", chat.azure.deployment_path("blue"))
    chat.grant("AcrPull", REGISTRY)
    chat.azure.accept(chat.deploy(environment, variables=variables))

    assert code == "BadArgument"
    assert f"does not have the role AcrPull on {REGISTRY}" in message
    assert chat.azure.state(chat.azure.deployment_path("blue")) == "Succeeded"


def test_an_image_in_a_registry_that_does_not_exist(chat: Chat) -> None:
    """Nothing can be pulled from it."""
    environment = chat.environment("nobodys.azurecr.io/vllm:1")

    code, message = chat.failure(chat.deploy(environment))

    assert code == "BadArgument"
    assert "there is no registry nobodys.azurecr.io" in message


# --- secrets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["sandbox", "azure"])
def test_a_token_is_injected_from_the_key_vault(chat: Chat, form: str) -> None:
    """The reference is resolved with the endpoint's identity; both forms of address are read."""
    uri = chat.secret()["secretUriWithVersion"]
    if form == "azure":
        uri = f"https://kv-chat.vault.azure.net/secrets/hub/{uri.rpartition('/')[2]}"
    chat.grant("Key Vault Secrets User", f"{VAULT}/secrets/hub")

    variables = {"HUGGING_FACE_HUB_TOKEN": f"${{{{keyvault:{uri}}}}}"}
    chat.azure.accept(chat.deploy(chat.environment(), variables=variables))

    assert chat.azure.state(chat.azure.deployment_path("blue")) == "Succeeded"
    shown = chat.azure.get(chat.azure.deployment_path("blue"))["properties"]
    assert shown["environmentVariables"]["HUGGING_FACE_HUB_TOKEN"].startswith("${{keyvault:")


def test_a_secret_needs_a_role_that_has_propagated(chat: Chat) -> None:
    """What is assigned with the deployment comes too late."""
    uri = chat.secret()["secretUriWithVersion"]
    variables = {"HUGGING_FACE_HUB_TOKEN": f"${{{{keyvault:{uri}}}}}"}

    code, message = chat.failure(chat.deploy(chat.environment(), variables=variables))

    assert code == "SecretsInjectionError"
    assert f"does not have the role Key Vault Secrets User on {VAULT}/secrets/hub" in message
    assert "hf_token" not in message


def test_secrets_that_cannot_be_injected(chat: Chat) -> None:
    """A reference in another form, a version that is not there, a disabled secret."""
    chat.grant("Key Vault Secrets User", VAULT)
    disabled = chat.secret(enabled=False)
    base = disabled["secretUri"]
    references = {
        "${{keyvault:https://kv-chat.vault.azure.net/secrets/hub}}": "invalid secret reference",
        "Bearer ${{keyvault:x}}": "invalid secret reference",
        "${{azureml://connections/hub}}": "invalid secret reference",
        f"${{{{keyvault:{base}/{'0' * 32}}}}}": "does not exist",
        f"${{{{keyvault:https://nobodys.vault.azure.net/secrets/hub/{'0' * 32}}}}}": "not exist",
        f"${{{{keyvault:{disabled['secretUriWithVersion']}}}}}": "is disabled",
    }
    environment = chat.environment()

    for reference, text in references.items():
        code, message = chat.failure(chat.deploy(environment, variables={"HF_TOKEN": reference}))
        chat.azure.done("DELETE", chat.azure.deployment_path("blue"))

        assert code == "SecretsInjectionError", reference
        assert text in message, message
        assert "HF_TOKEN" in message


# --- what crashes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "is gated and no token was given in HUGGING_FACE_HUB_TOKEN"),
        ({"variables": {"MODEL_NAME": "meta-llama/Llama-9"}}, "there is no repository meta-llama/"),
        ({"args": f"--revision {'0' * 40}", "variables": {"HF_TOKEN": "x"}},
         f"has no revision {'0' * 40}"),
        ({"args": "--max-model-len 200000", "variables": {"HF_TOKEN": "x"}},
         "--max-model-len 200000 is more than the 131072"),
        ({"args": "--max-model-len many"}, "vLLM does not understand its arguments"),
        ({"args": "--tensor-parallel-size 2", "variables": {"HF_TOKEN": "x"}},
         "--tensor-parallel-size is 2 and Standard_NC24ads_A100_v4 has 1 GPUs"),
        ({"variables": {"MODEL_NAME": "microsoft/phi-2"}, "args": "--dtype bfloat16",
          "instanceType": "Standard_NC4as_T4_v3"}, "does not support --dtype bfloat16"),
        ({"variables": {"HF_TOKEN": "x"}, "args": "", "instanceType": "Standard_NC4as_T4_v3"},
         "take 14.96 GiB and the 1 GPUs of Standard_NC4as_T4_v3 that vLLM uses have 14.56 GiB"),
        ({"variables": {"HF_TOKEN": "x"}, "egressPublicNetworkAccess": "Disabled"},
         "could not reach the Hugging Face Hub"),
        ({"variables": {"MODEL_NAME": "/models/llama"}}, "no model is mounted"),
    ],
)  # fmt: skip
def test_what_makes_the_container_crash(chat: Chat, given: dict[str, Any], text: str) -> None:
    """The operation fails with ResourceNotReady, and the log says why."""
    code, message = chat.failure(chat.deploy(chat.environment(), **given))

    assert code == "ResourceNotReady"
    assert message.startswith("The container of deployment blue crashed: ")
    assert text in message
    assert text in chat.log()
    assert "Container logs:" in chat.log()


def test_more_gpus_hold_more(chat: Chat) -> None:
    """Tensor parallelism adds the memory of its GPUs, and only of those."""
    azure = chat.azure
    azure.quota("standardNCADSA100v4Family", 200)
    environment, variables = chat.environment(), {"HF_TOKEN": "x"}
    variables["MODEL_NAME"] = "meta-llama/Llama-3.3-70B-Instruct"
    four = {"instanceType": "Standard_NC96ads_A100_v4", "variables": variables}
    patient = {"livenessProbe": {"initialDelay": "PT20M"}}

    code, _ = chat.failure(chat.deploy(environment, args="", **four))
    azure.done("DELETE", azure.deployment_path("blue"))
    azure.accept(chat.deploy(environment, args="--tensor-parallel-size 4", **four, **patient))

    assert code == "ResourceNotReady"
    assert azure.state(azure.deployment_path("blue")) == "Succeeded"


def test_weights_in_eight_bits_take_half(chat: Chat) -> None:
    """The server converts them while it loads them."""
    azure, args = chat.azure, "--dtype half --quantization fp8"
    small = {"instanceType": "Standard_NC4as_T4_v3", "variables": {"HF_TOKEN": "x"}}

    azure.accept(chat.deploy(chat.environment(), args=args, **small))

    assert azure.state(azure.deployment_path("blue")) == "Succeeded"


def test_an_update_that_crashes_leaves_the_old_container_serving(chat: Chat) -> None:
    """It keeps answering under its old name; the log tells of the new one."""
    served(chat)
    environment = f"{chat.azure.workspace}/environments/vllm/versions/1"

    update = chat.deploy(environment, args="--served-model-name new --max-model-len 200000",
                         variables={"HF_TOKEN": "x"})  # fmt: skip
    chat.azure.wait()

    assert update.status == 200
    assert chat.azure.state(chat.azure.deployment_path("blue")) == "Failed"
    assert "is more than the 131072" in chat.log()
    assert chat.call("v1/models", method="GET").body["data"][0]["id"] == "llama"


# --- weights of one's own ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["/models/llama/3", "/models/llama/3/weights"])
def test_mounted_weights_need_no_token(chat: Chat, name: str) -> None:
    """A registered model is there by name and version, whatever the Hub says."""
    model = f"{chat.azure.workspace}/models/llama/versions/3"
    chat.azure.done("PUT", model, {"properties": {"modelUri": "azureml://w"}})

    chat.azure.accept(
        chat.deploy(
            chat.environment(),
            model=model,
            modelMountPath="/models",
            variables={"MODEL_NAME": name},
        )
    )

    assert chat.azure.state(chat.azure.deployment_path("blue")) == "Succeeded"


@pytest.mark.parametrize("name", ["/mnt/llama/3", "/models", "/models/llama/33", "/models/weights"])
def test_weights_beside_the_mounted_model_crash(chat: Chat, name: str) -> None:
    """The message says where the model is mounted."""
    model = f"{chat.azure.workspace}/models/llama/versions/3"
    chat.azure.done("PUT", model, {"properties": {"modelUri": "azureml://w"}})

    answer = chat.deploy(
        chat.environment(), model=model, modelMountPath="/models", variables={"MODEL_NAME": name}
    )

    assert (
        f"no weights at {name}: the model is mounted at /models/llama/3" in chat.failure(answer)[1]
    )


def test_a_model_that_is_not_registered_is_refused(chat: Chat) -> None:
    """At once, like any other model that does not exist."""
    model = f"{chat.azure.workspace}/models/llama/versions/3"

    answer = chat.deploy(chat.environment(), model=model, modelMountPath="models")

    assert answer.status == 400
    assert "does not exist" in messages(answer)
    assert "modelMountPath is 'models'; it must be an absolute path" in messages(answer)


def test_what_disappears_before_the_start(chat: Chat) -> None:
    """An environment that is deleted meanwhile cannot be started."""
    environment = chat.environment()
    answer = chat.deploy(environment)
    chat.azure.send("DELETE", environment)

    assert ("ResourceNotFound", f"The environment {environment} is gone.") == chat.failure(answer)


# --- arguments ---------------------------------------------------------------------------------


def test_arguments_are_split_as_the_shell_does() -> None:
    """Several names may follow one option; what is not known is vLLM's own business."""
    variables = {
        "MODEL_NAME": "a/b",
        "VLLM_ARGS": "--served-model-name one two --gpu-memory-utilization 0.9 -tp 4",
    }

    server = read_vllm({"environmentVariables": variables})

    assert server
    assert (("one", "two"), 4, "main") == (
        server.served_names,
        server.tensor_parallel,
        server.revision,
    )


def test_without_a_model_name_it_is_not_vllm() -> None:
    """Another container is none of this module's business."""
    assert read_vllm({"environmentVariables": {"VLLM_ARGS": "--dtype half"}}) is None
