#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts vLLM with the model MODEL_NAME and the words of VLLM_ARGS.
#
# A path is that of a registered model, of which Azure keeps the folder that was registered: below
# {mount}/{name}/{version}, or, as some report, below the mount path itself. So the weights are the
# one directory with a config.json at or below the path, or else below what there is of the path.
set -eu

stop() {
    echo "$1" >&2
    exit 1
}

# Prints the directories with weights that are nearest to a directory.
weights_below() {
    for depth in 1 2 3 4 5; do
        found=$(find -L "$1" -mindepth "$depth" -maxdepth "$depth" -type f -name config.json)
        if [ -n "$found" ]; then
            echo "$found" | sed 's|/config\.json$||' | sort
            return
        fi
    done
}

model=${MODEL_NAME:?names the model: a repository of the Hugging Face Hub, or a path}
case $model in
/*)
    there=$model
    while [ ! -d "$there" ]; do
        there=$(dirname "$there")
    done
    [ "$there" != / ] || stop "There is no directory $model: no model is mounted there."
    weights=$(weights_below "$there")
    [ -n "$weights" ] || stop "There is no config.json at or below $there. Register the folder of the weights."
    [ "$(echo "$weights" | wc -l)" -eq 1 ] ||
        stop "Several directories below $there hold a config.json: $(echo $weights). Name one as \`folder\`."
    model=$weights
    ;;
esac
# shellcheck disable=SC2086  (its words are the arguments)
exec vllm serve "$model" ${VLLM_ARGS:-}
