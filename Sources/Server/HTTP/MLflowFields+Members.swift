import Kernel

/// Bodies that may have certain members and no others.
extension MLflowFields {
    /// Refuses a member that is none of `names`, in either spelling.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` with all that may be there.
    func checkMembers(_ names: [String]) throws {
        let known = Set(names + names.map(Self.camelCase))
        guard let other = json.objectValue?.members.first(where: { !known.contains($0.name) }) else { return }
        throw MartletError(
            .invalidParameterValue,
            "'\(other.name.prefix(100))' can't be told here. What can be: \(names.joined(separator: ", "))."
        )
    }

    /// Those of `names` that are there, in either spelling, and null.
    func nulls(_ names: [String]) -> [String] {
        let object = json.objectValue
        return names.filter { object?[$0] == .null || object?[Self.camelCase($0)] == .null }
    }
}
