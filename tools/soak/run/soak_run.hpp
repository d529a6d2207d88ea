// The execution of a soak test: starts the exchange simulator and the stream, samples the stream,
// ends both cleanly, has the result verified, and writes the artifacts. Decisions are in the pure
// files beside it. One thread, which sleeps most of the time.
#pragma once

#include "tools/soak/run/options.hpp"
#include "tools/soak/verdict.hpp"

namespace k2::soak {

/// Runs one to its end and leaves everything in the options' folder. A stream that fails is a
/// verdict; errors are of the soak itself:
/// Errors: kFileFailed, kDiskFull, kBusy (the folder holds another soak), kTimeout (the stream or
/// the exchange simulator did not start), kDataCorrupt (nothing to resume).
[[nodiscard]] Result<Verdict> run_soak(SoakOptions options);

}  // namespace k2::soak
