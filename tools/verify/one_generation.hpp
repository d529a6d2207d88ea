// One generation of each tape of a store, under the symbol's own name: what a source is compared
// with that knows symbols but no generations (the simulator's ledger, the exchange's files).
#pragma once

#include "tools/verify/store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace k2::verify {

class OneGeneration final : public Store {
 public:
  /// Without a generation it is 0, and trades of others count as not read.
  OneGeneration(std::unique_ptr<Store> store, std::optional<std::uint32_t> generation)
      : store_(std::move(store)), generation_(generation) {}

  [[nodiscard]] Result<bool> next(StoredTrade& out) override;
  [[nodiscard]] Result<StoreTables> tables() override;
  [[nodiscard]] std::uint64_t records() const noexcept override { return store_->records(); }
  [[nodiscard]] std::uint64_t records_read() const noexcept override {
    return store_->records_read();
  }
  [[nodiscard]] std::uint64_t blocks() const noexcept override { return store_->blocks(); }
  [[nodiscard]] Finding const& invalid_blocks() const noexcept override {
    return store_->invalid_blocks();
  }
  [[nodiscard]] Finding const& invalid_records() const noexcept override {
    return store_->invalid_records();
  }
  [[nodiscard]] Finding const& unread() const noexcept override { return store_->unread(); }

 private:
  template <class Row>
  void select(std::vector<Row>& rows) const;

  std::unique_ptr<Store> store_;
  std::optional<std::uint32_t> generation_;
  /// Tapes of other generations that were met.
  std::set<std::string, std::less<>> others_;
};

}  // namespace k2::verify
