/** What is said. {client}, {staff}, {day}, {hour} and {amount} are filled in. */

export interface Topic {
  tag: string;
  intent: string;
  summary: string;
  outcome: string;
  /** The client's lines begin with <, the others with >. */
  lines: readonly string[];
}

export const GREETING = 'Brightwater Heating and Plumbing, good day. How can I help?';

export const TOPICS: readonly Topic[] = [
  {
    tag: 'appointment',
    intent: 'book_visit',
    summary: '{client} booked a boiler service for {day} at {hour}.',
    outcome: 'appointment_scheduled',
    lines: [
      '< Hello, this is {client}. I would like to book the yearly service of my boiler.',
      '> Of course. I have {day} at {hour}, or the day after in the afternoon.',
      '< {day} at {hour} is fine.',
      '> Is the address that we have for you still right?',
      '< Yes, nothing has changed.',
      '> Then you are booked for {day} at {hour}. You will get a message the day before.',
      '< Thank you very much.',
    ],
  },
  {
    tag: 'emergency',
    intent: 'report_leak',
    summary: '{client} reported a leak under the kitchen sink. An engineer comes within two hours.',
    outcome: 'engineer_dispatched',
    lines: [
      '< There is water coming out under my kitchen sink, and it does not stop.',
      '> I am sorry to hear that. Do you know where the stopcock is?',
      '< I have just closed it, but the floor is wet.',
      '> Well done. I am sending an engineer, who will be with you within two hours.',
      '< That is a relief. What will it cost?',
      '> The call-out is {amount}, and the first half hour is included.',
      '< All right. Please be quick.',
    ],
  },
  {
    tag: 'billing',
    intent: 'question_invoice',
    summary: '{client} asked about an invoice of {amount}. It will be sent again with the parts listed.',
    outcome: 'invoice_sent_again',
    lines: [
      '< I have an invoice here for {amount}, and I do not know what it is for.',
      '> Let me look. It is for the visit on {day}: a new valve, and one hour of work.',
      '< I thought that the valve was under warranty.',
      '> The valve is, but not the time to fit it. I can send you the invoice with the parts listed.',
      '< Yes, please do that.',
      '> It is on its way to you now.',
    ],
  },
  {
    tag: 'repair',
    intent: 'no_hot_water',
    summary: '{client} has no hot water; the boiler shows F28. A visit is planned for {day}.',
    outcome: 'appointment_scheduled',
    lines: [
      '< My boiler shows F28, and there is no hot water.',
      '> That usually means that it does not ignite. Have you tried a reset?',
      '< Twice. It comes back after a minute.',
      '> Then somebody has to look at it. {staff} could come on {day} at {hour}.',
      '< Is there nothing earlier? We have a small child.',
      '> I put you on the list for today. If a visit is cancelled, we call you.',
      '< Thank you. {day} it is, then.',
    ],
  },
  {
    tag: 'quote',
    intent: 'request_quote',
    summary: '{client} wants a quote for a heat pump. {staff} measures the house on {day}.',
    outcome: 'quote_requested',
    lines: [
      '< We are thinking of a heat pump instead of our gas boiler.',
      '> How large is the house, and when was it built?',
      '< About a hundred and forty square metres, from nineteen seventy-two.',
      '> Then we should measure it first. {staff} could come on {day}.',
      '< Does that cost anything?',
      '> It is {amount}, which we take off the bill if you order.',
      '< Good, let us do that.',
    ],
  },
  {
    tag: 'complaint',
    intent: 'complain',
    summary: '{client} complained that nobody came. A new visit on {day} is free of charge.',
    outcome: 'visit_free_of_charge',
    lines: [
      '< I waited at home all morning, and nobody came.',
      '> I am very sorry. The visit before yours took longer, and we should have called you.',
      '< Yes, you should have. I took the morning off for it.',
      '> I can offer you {day} at {hour}, and you will not pay for the visit.',
      '< Fine. But please be on time.',
      '> You have my word. I have made a note for the engineer.',
    ],
  },
  {
    tag: 'status',
    intent: 'ask_about_order',
    summary: '{client} asked when a spare part arrives: on {day}.',
    outcome: 'answered',
    lines: [
      '< I am waiting for a circulation pump that you have ordered. Is it there?',
      '> One moment. It is with the carrier, and should be here on {day}.',
      '< And when can you fit it?',
      '> On the same day, I think. We call you as soon as it is here.',
      '< Thanks, that is all.',
    ],
  },
];

export const VOICEMAILS: readonly string[] = [
  'Hello, this is {client}. Please call me back about the visit on {day}. Thank you.',
  'Hi, {client} here. The radiator in the hall is cold again. You have my number.',
  'This is {client}. I got your invoice of {amount}, and have a question. Please call back.',
];

export const REMINDER =
  'This is Brightwater. Our engineer comes on {day} at {hour}. Press 1 to confirm, or 2 to choose another day.';
