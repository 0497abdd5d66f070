extension Style.Tone {
    /// The tone of an experiment's or run's lifecycle stage.
    static func lifecycle(_ stage: String) -> Self? { stage == "deleted" ? .bad : nil }

    /// The tone of a run's status.
    static func run(_ status: String) -> Self? {
        switch status {
        case "FINISHED": .good
        case "FAILED", "KILLED": .bad
        case "RUNNING", "SCHEDULED": .caution
        default: nil
        }
    }

    /// The tone of a version's stage.
    static func stage(_ stage: String) -> Self? {
        switch stage {
        case "Production": .good
        case "Staging": .caution
        case "Archived", "None": .faint
        default: nil
        }
    }

    /// The tone of a transition request's state.
    static func transition(_ state: String) -> Self? {
        switch state {
        case "approved": .good
        case "rejected": .bad
        default: .caution
        }
    }

    /// The tone of an endpoint's state.
    static func endpoint(_ state: String) -> Self? {
        switch state {
        case "ready": .good
        case "failed": .bad
        default: .caution
        }
    }

    /// The tone of an alert's severity.
    static func alert(_ severity: String) -> Self? { severity == "critical" ? .bad : .caution }

    /// The tone of a webhook that is told of things, or is not.
    static func webhook(_ isActive: Bool) -> Self? { isActive ? .good : .caution }

    /// The tone of a delivery's state.
    static func delivery(_ state: String) -> Self? {
        switch state {
        case "delivered": .good
        case "failed": .bad
        default: .caution
        }
    }
}
