import Glibc

/// The order of two byte strings as SQLite's BINARY and PostgreSQL's "C" have it: negative, 0 or positive.
func compareBytes(_ left: UnsafeRawPointer?, _ leftCount: Int, _ right: UnsafeRawPointer?, _ rightCount: Int) -> Int32 {
    let shared = min(leftCount, rightCount)
    if shared > 0, let left, let right {
        let order = memcmp(left, right, shared)
        if order != 0 { return order }
    }
    return Int32(clamping: leftCount - rightCount)
}
