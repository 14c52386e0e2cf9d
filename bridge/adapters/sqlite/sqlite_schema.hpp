// SPDX-License-Identifier: Apache-2.0
// The store's tables, and how a file comes to have them: which version a file has, what leads from one to the
// next. Throws SqliteFailure. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"
#include "bridge/adapters/sqlite/sqlite.hpp"

namespace rollcall {

/// In the header of each store: "RoCa". `file` of Unix shows it.
inline constexpr std::int64_t kStoreApplicationId = 0x526F4361;

/// Step N leads from version N to N + 1. Released steps never change; new ones come at the end.
std::span<const char* const> store_steps();

/// What the first bytes of a file say, read without SQLite, so that nothing beside it or in it changes. An
/// error, without the file's name: it isn't a store, or one of a newer Rollcall (`newest` is ours).
Result<void> check_store_header(const std::string& path, std::int64_t newest);

/// Takes the database to the version that the steps lead to, in one transaction. Already there: nothing.
void migrate(Database& database, std::span<const char* const> steps);

}  // namespace rollcall
