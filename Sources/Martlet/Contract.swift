package import Kernel

/// What an endpoint takes and gives, as the server describes it.
package struct Contract: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// A column or output and its rule, as JSON.
    package typealias Rule = (name: String, rule: String)

    /// The rules of columns.
    package var inputs: [Rule] { rules("inputs") }
    /// The rules of outputs.
    package var outputs: [Rule] { rules("outputs") }
    /// When it was set.
    package var setAt: Timestamp? { time("set_at") }
    /// Who set it.
    package var setBy: String { text("set_by") }

    private func rules(_ side: String) -> [Rule] {
        (json.member([side])?.objectValue?.members ?? []).map { ($0.name, $0.value.text) }
    }
}
