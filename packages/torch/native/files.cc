// A tensor's bytes straight from and to a file: no memory map, so a file that shrinks underneath is an error, not a crash.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "call.h"
#include "values.h"

namespace ragwright {
namespace {

constexpr size_t kPiece = size_t{1} << 30;

char* bytesOf(const at::Tensor& tensor) {
  if (!tensor.device().is_cpu()) throw Failure{"device", "file access needs a CPU tensor, got " + describeTensor(tensor)};
  if (!tensor.is_contiguous() || tensor.is_conj() || tensor.is_neg())
    throw Failure{"shape", "file access needs a contiguous tensor, got " + describeTensor(tensor)};
  return static_cast<char*>(tensor.data_ptr());
}

struct Transfer {
  char* data;
  size_t length;
  int fd;
  int64_t offset;
};

Transfer transfer(const Call& call) {
  const at::Tensor tensor = call.tensor(0);
  const int64_t fd = call.integer(1), offset = call.integer(2);
  if (fd < 0 || fd > INT32_MAX) throw Failure{"file", "not a file descriptor: " + std::to_string(fd)};
  if (offset < 0) throw Failure{"file", "a file offset must not be negative, got " + std::to_string(offset)};
  return {bytesOf(tensor), static_cast<size_t>(tensor.numel()) * tensor.element_size(), static_cast<int>(fd), offset};
}

// `move` is pread or pwrite.
template <typename Move>
void moveAll(Transfer t, const char* verb, Move move) {
  size_t done = 0;
  while (done < t.length) {
    const ssize_t count = move(t.fd, t.data + done, std::min(kPiece, t.length - done), t.offset + static_cast<int64_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Failure{"file", std::string("cannot ") + verb + ": " + std::strerror(errno)};
    if (count == 0)
      throw Failure{"file", std::string("cannot ") + verb + ": the file ends after " + std::to_string(done) + " of " +
                                std::to_string(t.length) + " bytes at offset " + std::to_string(t.offset)};
    done += static_cast<size_t>(count);
  }
}

napi_value readFile(Call& call) {
  moveAll(transfer(call), "read", pread);
  return nullptr;
}

napi_value writeFile(Call& call) {
  moveAll(transfer(call), "write", pwrite);
  return nullptr;
}

}  // namespace

void exportFiles(Exports& exports) {
  exports.insert(exports.end(), {{"readFile", readFile}, {"writeFile", writeFile}});
}

}  // namespace ragwright
