// The soak as it happens: starts the exchange in a box and the stream, looks at the stream at each
// sample, ends them in peace, has the result verified, and writes the artifacts. What is decided
// stands in the pure files beside it. One thread, which sleeps most of the time.
#pragma once

#include "tools/soak/run/options.hpp"
#include "tools/soak/verdict.hpp"

namespace k2::soak {

/// Runs one to its end and leaves everything in the options' folder. A stream that fails is a
/// verdict; errors are of the soak itself:
/// Errors: kFileFailed, kDiskFull, kBusy (the folder holds another soak), kTimeout (the stream or
/// the exchange in a box did not come up), kDataCorrupt (nothing to resume).
[[nodiscard]] Result<Verdict> run_soak(SoakOptions options);

}  // namespace k2::soak
