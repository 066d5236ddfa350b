/* SPDX-License-Identifier: MIT */
/*
 * The one error convention.
 *
 * A function that can fail returns int or long: >= 0 is good, a negative value is -errno (abi/errno.h).
 * Data comes back through out-parameters, which are written only on success unless the contract says more.
 * Allocators return NULL for their single cause, ENOMEM. Look-ups that may legally find nothing return NULL.
 * There are no error pointers, no sentinels and no errno variable.
 *
 * Such functions are __must_check; a result that is dropped on purpose goes through
 * ignore_result(x) (lib/compiler.h) with the reason beside it.
 */
#pragma once

#include "abi/errno.h"
