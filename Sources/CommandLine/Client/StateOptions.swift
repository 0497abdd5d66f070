import ArgumentParser

/// Which transition requests a list holds.
enum TransitionStateOption: String, ExpressibleByArgument, CaseIterable {
    case pending, approved, rejected
}

/// Which deliveries of a webhook a list holds.
enum DeliveryStateOption: String, ExpressibleByArgument, CaseIterable {
    case pending, delivered, failed
}

/// Which alerts a list holds.
enum AlertStateOption: String, ExpressibleByArgument, CaseIterable {
    case open, acknowledged, all
}
