package import Kernel

/// Whether a model is protected, as the server describes it.
package struct Protection: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Whether the stages of its versions change by approved requests alone.
    package var isProtected: Bool { json.member(["protected"]) == .boolean(true) }
    /// Who wishes that lifted, which another must too; empty when nobody does.
    package var liftRequestedBy: String { text("lift_requested_by") }
}
