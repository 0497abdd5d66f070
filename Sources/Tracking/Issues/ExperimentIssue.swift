package import Kernel

/// Something that is wrong with what an experiment's models do (MLflow's `/issues`), until it is resolved.
package struct ExperimentIssue: Sendable {
    private static let nameLengthMax = 250
    private static let creatorLengthMax = 255
    private static let bytesMax = 64 << 10

    /// Its name for machines: `iss-` and 32 hexadecimal characters.
    package let id: String
    /// The experiment that it belongs to.
    package let experimentID: ExperimentID
    /// Its name for people; several may share one.
    package var name: String
    /// What is wrong.
    package var description: String
    /// What has become of it.
    package var status: IssueStatus
    /// How bad it is; nil when nobody said.
    package var severity: IssueSeverity?
    /// What it comes from, as far as somebody said.
    package let rootCauses: [String]
    /// The run that found it; nil when none did, or when the run is gone for good.
    package let sourceRunID: RunID?
    /// The kinds of issues that it is one of.
    package let categories: [String]
    /// When it was created.
    package let createdAt: Timestamp
    /// When it last changed.
    package var updatedAt: Timestamp
    /// Who created it, as the client said.
    package let createdBy: String?

    /// Refuses texts that are too long.
    func check() throws {
        try NameRules.checkLength(of: name, max: Self.nameLengthMax, path: "name")
        try NameRules.checkLength(of: createdBy ?? "", max: Self.creatorLengthMax, path: "created_by")
        // In a list each text costs quotes and a comma too, so that empty ones are not free.
        let bytes = (rootCauses + categories).reduce(description.utf8.count) { $0 + $1.utf8.count + 3 }
        guard bytes <= Self.bytesMax else {
            throw MartletError(
                .invalidParameterValue,
                "'description', 'root_causes' and 'categories' have \(bytes) bytes together. At most "
                    + "\(Self.bytesMax) are kept."
            )
        }
    }
}

/// What has become of an issue.
package enum IssueStatus: String, Sendable, CaseIterable {
    case pending, rejected, resolved
}

/// How bad an issue is.
package enum IssueSeverity: String, Sendable, CaseIterable {
    case notAnIssue = "not_an_issue"
    case low, medium, high

    /// Its place among the others, from 0, the mildest.
    var rank: Int64 {
        switch self {
        case .notAnIssue: 0
        case .low: 1
        case .medium: 2
        case .high: 3
        }
    }

    /// The severity whose place is `rank`; nil when none has it.
    init?(rank: Int64) {
        guard let severity = Self.allCases.first(where: { $0.rank == rank }) else { return nil }
        self = severity
    }
}

/// What an issue is to be.
package struct NewIssue: Sendable {
    /// The experiment that it belongs to.
    package var experimentID: ExperimentID
    /// Its name for people, at most 250 characters.
    package var name: String
    /// What is wrong; with root causes and categories at most 64 KiB.
    package var description: String
    /// What has become of it.
    package var status = IssueStatus.pending
    /// How bad it is.
    package var severity: IssueSeverity?
    /// What it comes from.
    package var rootCauses: [String] = []
    /// The run that found it.
    package var sourceRunID: RunID?
    /// The kinds of issues that it is one of.
    package var categories: [String] = []
    /// Who creates it, at most 255 characters.
    package var createdBy: String?

    /// A pending issue of `experimentID`.
    package init(experimentID: ExperimentID, name: String, description: String) {
        self.experimentID = experimentID
        self.name = name
        self.description = description
    }
}

/// What is to change in an issue; nil where nothing is.
package struct IssueChange: Sendable {
    /// What becomes of it.
    package var status: IssueStatus?
    /// Its new name, at most 250 characters.
    package var name: String?
    /// What is wrong, said anew; with root causes and categories at most 64 KiB.
    package var description: String?
    /// How bad it is.
    package var severity: IssueSeverity?

    /// A change of what is not nil.
    package init(
        status: IssueStatus? = nil,
        name: String? = nil,
        description: String? = nil,
        severity: IssueSeverity? = nil
    ) {
        self.status = status
        self.name = name
        self.description = description
        self.severity = severity
    }
}
