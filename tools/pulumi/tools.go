// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package tools pins the Pulumi CLI, which is built from this module where it cannot be downloaded.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
